/*
 * Time - timestamps and durations of oneM2M.
 *
 * The calendar is counted here, without the C library: its conversions depend
 * on the time zone of the process.
 */

#include "core/lib/time.h"

#include <assert.h>

#include "core/lib/arena.h"

#define SECOND_MS ((int64_t)1000)
#define DAY_S ((int64_t)86400)
#define BASIC_LEN ((size_t)15) // YYYYMMDDThhmmss
#define FRACTION_MAX ((size_t)6)

/* The years that four digits write, in seconds since 1970. */
#define FIRST_S (-INT64_C(62135596800)) // 00010101T000000
#define LAST_S INT64_C(253402300799)    // 99991231T235959

/* Days in 400 years. */
#define CYCLE_DAYS 146097

/* A date and time of day in UTC. */
struct moment {
	int64_t year;
	int64_t month;
	int64_t day;
	int64_t hour;
	int64_t minute;
	int64_t second;
};

static bool digits(int64_t *np, struct gw_str text, size_t at, size_t len)
{
	uint64_t n = 0;

	if (!gw_str_number(&n, gw_str_head(gw_str_skip(text, at), len),
			   99999999)) {
		return false;
	}
	*np = (int64_t)n;
	return true;
}

static int64_t clamp(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const int64_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970 to the first day of a year, which is 1 at least. */
static int64_t days_before(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - 477;
}

/* ",f{1,6}" as milliseconds; nothing is none. */
static bool parse_fraction(int64_t *ms_p, struct gw_str text)
{
	int64_t n = 0;

	if (text.len == 0) {
		*ms_p = 0;
		return true;
	}
	if (text.at[0] != ',' || text.len > FRACTION_MAX + 1 ||
	    !digits(&n, text, 1, text.len - 1)) {
		return false;
	}
	for (size_t i = text.len - 1; i < FRACTION_MAX; i++) {
		n *= 10;
	}
	*ms_p = n / 1000;
	return true;
}

static bool is_real(const struct moment *m)
{
	bool is_date = m->year >= 1 && m->month >= 1 && m->month <= 12 &&
		       m->day >= 1 && m->day <= days_in(m->year, m->month);
	bool is_last_minute = m->hour == 23 && m->minute == 59;

	/* A leap second follows the last one of a day. */
	return is_date && m->hour <= 23 && m->minute <= 59 &&
	       m->second <= (is_last_minute ? 60 : 59);
}

static int64_t seconds_of(const struct moment *m)
{
	int64_t day = days_before(m->year) + m->day - 1;

	for (int64_t month = 1; month < m->month; month++) {
		day += days_in(m->year, month);
	}
	return day * DAY_S + m->hour * 3600 + m->minute * 60 + m->second;
}

bool gw_time_parse(int64_t *ms_p, struct gw_str text)
{
	struct moment m;
	int64_t fraction_ms = 0;

	if (text.len < BASIC_LEN || text.at[8] != 'T' ||
	    !digits(&m.year, text, 0, 4) || !digits(&m.month, text, 4, 2) ||
	    !digits(&m.day, text, 6, 2) || !digits(&m.hour, text, 9, 2) ||
	    !digits(&m.minute, text, 11, 2) ||
	    !digits(&m.second, text, 13, 2) ||
	    !parse_fraction(&fraction_ms, gw_str_skip(text, BASIC_LEN)) ||
	    !is_real(&m)) {
		return false;
	}
	*ms_p = seconds_of(&m) * SECOND_MS + fraction_ms;
	return true;
}

/* The quotient rounded toward the past. */
static int64_t divide(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

static struct moment moment_of(int64_t s)
{
	int64_t day = divide(s, DAY_S);
	int64_t rest = s - day * DAY_S;
	struct moment m = {
		.year = 1970 + divide(day * 400, CYCLE_DAYS) - 1,
		.month = 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
	};

	/* The guess is never too late and at most two years early. */
	while (days_before(m.year + 1) <= day) {
		m.year++;
	}
	day -= days_before(m.year);
	while (day >= days_in(m.year, m.month)) {
		day -= days_in(m.year, m.month);
		m.month++;
	}
	m.day = day + 1;
	return m;
}

struct gw_str gw_time_print(struct gw_arena *a, int64_t ms)
{
	int64_t s = clamp(divide(ms, SECOND_MS), FIRST_S, LAST_S);
	struct moment m = moment_of(s);

	return gw_arena_print(a, "%04d%02d%02dT%02d%02d%02d", (int)m.year,
			      (int)m.month, (int)m.day, (int)m.hour,
			      (int)m.minute, (int)m.second);
}
