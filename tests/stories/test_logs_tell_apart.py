"""Two CSEs of one CSE-ID, one of our provider and one of another, are told
apart in the log."""

from support.settings import settings
from support.wire import answer_to


def test_the_log_names_the_provider(make_registrar, start_gateway):
    ours, theirs = make_registrar(), make_registrar()
    for registrar in (ours, theirs):
        registrar.plays(lambda m: answer_to(m, 2000, {"m2m:csr": {}}))
    config = settings(ours, cse={"register": True, "default": True})
    config["providers"] = [
        {
            "sp-id": "//sp-b.example",
            "id": theirs.id,
            "url": theirs.url,
            "register": True,
        }
    ]
    gateway = start_gateway(config)
    for name in ("//sp-b.example/id-in", " /id-in"):
        gateway.wait_for("ws/link-up", name)
        gateway.wait_for("registration/registered", name)
    theirs.wire.closes(1000)
    line = gateway.wait_for("ws/link-lost", "//sp-b.example/id-in")
    assert line.msg.endswith("goodbye (1000)")
