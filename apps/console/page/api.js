/** A refusal of the server, with what to do about it. */
class RequestFailed extends Error {
  constructor(message, help) {
    super(message);
    this.help = help;
  }
}

async function request(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new RequestFailed(
      "The server does not answer.",
      `Is it still running? (${error.message})`,
    );
  }
  const answer = await response.json();
  if (response.ok) return answer;
  const id = response.status >= 500 ? ` Request ${response.headers.get("x-request-id")}.` : "";
  throw new RequestFailed(answer.error.message, `${answer.error.help ?? ""}${id}`);
}

export const people = async () => (await request("/console/people")).people;
export const ask = (text, as, room = false) => request("/console/ask", { text, as, room });
export const press = (verb, token, values, as) =>
  request("/console/press", { verb, token, values, as });
export const form = (name, token, as) => request("/console/form", { form: name, token, as });
