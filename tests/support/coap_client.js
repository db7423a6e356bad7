// One CoAP request by the npm package coap, told and answered in JSON:
//   node coap_client.js '{"port":1,"method":"GET","path":"/x","options":{..}}'
// Option values and the payload are base64.  With "listen" it is a point of
// access instead: it prints its port, then each request, and answers 2.04.
"use strict";

const coap = require(process.env.COAP_PACKAGE);
const wish = JSON.parse(process.argv[2]);

function told(message, more) {
    const options = message.options.map((o) => [
        String(o.name),
        Buffer.isBuffer(o.value) ? o.value.toString("base64") : String(o.value),
    ]);
    const payload = message.payload.toString("base64");
    console.log(JSON.stringify({ options, payload, ...more }));
}

function asks() {
    const request = coap.request({
        hostname: "127.0.0.1",
        port: wish.port,
        method: wish.method,
        pathname: wish.path,
        query: wish.query,
    });
    for (const [name, value] of Object.entries(wish.options)) {
        request.setOption(name, Buffer.from(value, "base64"));
    }
    request.on("response", (response) => {
        told(response, { code: response.code });
        process.exit(0);
    });
    request.on("error", (error) => {
        console.error(error);
        process.exit(1);
    });
    request.end(wish.payload ? Buffer.from(wish.payload, "base64") : undefined);
}

function listens() {
    const server = coap.createServer((request, response) => {
        told(request, { method: request.method, url: request.url });
        response.code = "2.04";
        response.end();
    });
    server.listen(0, "127.0.0.1", () => {
        console.log(JSON.stringify({ port: server._port || server._sock.address().port }));
    });
}

if (wish.listen) {
    listens();
} else {
    asks();
}
