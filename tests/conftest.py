"""What every story may ask for by name."""

import resource
import ssl

import pytest

from support import coap
from support.device import Device, Listener
from support.ports import Port
from support.process import Gateway, Sandbox, run_command
from support.registrar import PlayedCse, Registrar
from support.registree import Registree
from support.settings import settings
from support.tls import certify

# Ten thousand connections need as many descriptors, here and in the program.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("heavy"):
            item.add_marker(pytest.mark.timeout(600))


class Ended:
    """Ends what a story started, newest first, also when it failed."""

    def __init__(self):
        self._all = []

    def add(self, end):
        self._all.append(end)

    def finish(self):
        mistakes = []
        for end in reversed(self._all):
            try:
                end()
            except Exception as mistake:  # each has to be ended
                mistakes.append(mistake)
        if mistakes:
            raise mistakes[0]


@pytest.fixture
def ends():
    ended = Ended()
    yield ended
    ended.finish()


@pytest.fixture
def make_registrar(ends):
    """Start scripted CSEs."""

    def make(*args, **how):
        registrar = Registrar(*args, **how)
        ends.add(registrar.ends)
        return registrar

    return make


@pytest.fixture
def registrar(make_registrar):
    return make_registrar()


@pytest.fixture
def played_cse(registrar):
    """The registrar plays a CSE for the registration of the gateway."""
    played = PlayedCse()
    registrar.plays(played)
    return played


@pytest.fixture
def start_gateway(ends):
    """Start gateways; each is stopped and checked at the end."""

    def start(config, **how):
        gateway = Gateway(config, **how)
        ends.add(gateway.stop)
        return gateway

    return start


@pytest.fixture
def gateway(registrar, start_gateway):
    """A gateway that leads to the registrar and has both listeners."""
    return start_gateway(settings(registrar))


@pytest.fixture
def check(tmp_path):
    """What `m2mgate check` says of a file, F, with this text."""

    def check(text):
        file = tmp_path / "m2mgate.yaml"
        file.write_text(text, encoding="utf-8")
        code, out, error = run_command("check", str(file))
        return code, (out + error).replace(f"{file}:", "F:")

    return check


@pytest.fixture
def start_sandbox(ends):
    def start(**how):
        sandbox = Sandbox(**how)
        ends.add(sandbox.stop)
        return sandbox

    return start


@pytest.fixture
def make_device(ends):
    """Make HTTP devices."""

    def make(gateway, *args, **how):
        url = gateway if isinstance(gateway, str) else gateway.http
        device = Device(url, *args, **how)
        ends.add(device.close)
        return device

    return make


@pytest.fixture
def device(gateway, make_device):
    return make_device(gateway)


@pytest.fixture
def make_listener(ends):
    """Open points of access."""

    def make(*args, **how):
        listener = Listener(*args, **how)
        ends.add(listener.close)
        return listener

    return make


@pytest.fixture
def listener(make_listener):
    return make_listener()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """The folder of a CA, and of the certificates of a server and a client."""
    at = tmp_path_factory.mktemp("tls")
    certify(at)
    return at


@pytest.fixture
def certified(certificates):
    """A CA of our own, and a server with a certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        f"{certificates}/server.pem", f"{certificates}/server.key"
    )
    return f"{certificates}/ca.pem", context


@pytest.fixture
def make_port(ends):
    """Hold ports at which nobody listens."""

    def make():
        port = Port()
        ends.add(port.close)
        return port

    return make


@pytest.fixture
def make_registree(ends):
    """Connect registrees over WebSocket."""

    def make(gateway, *args, **how):
        registree = Registree(gateway.ws, *args, **how)
        ends.add(registree.closes)
        return registree

    return make


@pytest.fixture
def make_coap_device(ends, coap_gateway):
    """Make CoAP devices."""

    def make(port=None, **how):
        device = coap.Device(port or coap_gateway.coap_port, **how)
        ends.add(device.close)
        return device

    return make


@pytest.fixture
def make_coap_peer(ends):
    """Make CoAP devices of any gateway."""

    def make(gateway, **how):
        peer = coap.Device(gateway.coap_port, **how)
        ends.add(peer.close)
        return peer

    return make


@pytest.fixture
def make_coap_listener(ends):
    """Open points of access over CoAP."""

    def make(**how):
        listener = coap.Listener(**how)
        ends.add(listener.close)
        return listener

    return make


@pytest.fixture
def coap_gateway(registrar, start_gateway):
    """A gateway that also listens for CoAP."""
    drain = {"drain": "500ms"}  # many stories leave requests unanswered
    return start_gateway(settings(registrar, coap=True, timeouts=drain))
