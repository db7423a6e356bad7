#pragma once

/* The content that both stubs answer a CREATE of a contentInstance with, so
 * that every path under comparison carries the same answer. */
#define ANSWER_CONTENT                                                       \
	"{\"m2m:cin\":{\"rn\":\"cin_7f3a9c\",\"ty\":4,\"ri\":\"cin7f3a9c\"," \
	"\"pi\":\"cnt51b0\",\"ct\":\"20260101T120000,000000\","              \
	"\"lt\":\"20260101T120000,000000\","                                 \
	"\"et\":\"20270101T120000,000000\",\"st\":17,\"cs\":227}}"
