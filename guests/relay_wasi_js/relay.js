// A wasi:http guest that sends requests, without a Flux SDK: the program of guests/relay_wasi_rust, on the web's own API.

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const url = new URL(request.url);
  const to = url.searchParams.get("to");
  try {
    switch (url.pathname) {
      case "/relay":
        return await relay(request, to);
      case "/both":
        return await both(to, url.searchParams.get("also"));
      case "/race": {
        const first = await Promise.race([send(to, "GET"), send(url.searchParams.get("also"), "GET")]);
        return new Response(await first.text());
      }
      case "/forget":
        send(to, "POST");
        return new Response("sent\n", { status: 202 });
      case "/now":
        return new Response(now());
      default:
        return new Response("no such path\n", { status: 404 });
    }
  } catch (error) {
    return new Response(`${error}\n`, { status: 502 });
  }
}

function send(url, method, body) {
  return fetch(url, { method, headers: { "X-Relay": "1" }, body });
}

async function relay(request, to) {
  const body = request.method === "GET" ? undefined : await request.arrayBuffer();
  const response = await send(to, request.method, body);
  return new Response(await response.arrayBuffer(), { status: response.status });
}

async function both(to, also) {
  const responses = await Promise.all([send(to, "GET"), send(also, "GET")]);
  const texts = await Promise.all(responses.map((response) => response.text()));
  return new Response(texts.join(""));
}

function now() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${Date.now()} ${Array.from(bytes)} ${Math.random()}\n`;
}
