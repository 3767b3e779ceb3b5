/** The sandbox answered with an error, or not at all; the message says what to do. */
export class ControlError extends Error {}

/** One call of the control API (sandbox/README.md): GET without a body, POST with one. */
export async function control(path, body) {
  let response
  try {
    response = await fetch(`/control${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      cache: 'no-store',
    })
  } catch (cause) {
    throw new ControlError('The sandbox does not answer. Is `npm run demo` still running?', {
      cause,
    })
  }
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer
  throw new ControlError(answer.error ?? `The sandbox answered ${response.status} to ${path}.`)
}

export const explain = (error) =>
  error instanceof ControlError ? error.message : `Something on this page broke: ${error.message}`
