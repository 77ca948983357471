// The API over HTTP: the same paths that anyone else uses, on the origin that served this page.

/** An answer that is not 2xx; `error` is the API's. */
export class Refused extends Error {
  constructor(error) {
    super(`${error.code}: ${error.message}`);
    this.error = error;
  }
}

/** The object at a path under /v1. Raises Refused, and TypeError where nobody answers. */
export async function get(path) {
  const answer = await fetch(`/v1/${path}`, { headers: { accept: "application/json" }, cache: "no-store" });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body.error);
  return body;
}
