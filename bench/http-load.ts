/**
 * A load generator that does nothing but write and wait: requests are made beforehand, sockets are bare, and each
 * connection has one request under way. It shares its machine with what it measures, so every instruction here costs
 * the other side.
 */
import { connect } from 'node:net'

export type Load = {
  answered: number
  seconds: number
  /** From the first byte written to the last byte read, of each request. Milliseconds. */
  latencies: Float64Array
}

/** Sends the requests over so many connections until all are answered or the time is up. Any answer but 200 throws. */
export async function load(options: {
  port: number
  connections: number
  requests: readonly Buffer[]
  /** No request is begun after so long. */
  seconds: number
}): Promise<Load> {
  const { port, connections, requests, seconds } = options
  const latencies = new Float64Array(requests.length)
  let begun = 0
  let answered = 0
  const startedAt = performance.now()
  const until = startedAt + seconds * 1_000

  const oneConnection = () =>
    new Promise<void>((done, fail) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      let sentAt = 0
      let read = ''
      const next = () => {
        const request = requests[begun]
        sentAt = performance.now()
        if (!request || sentAt > until) return socket.end()
        begun++
        socket.write(request)
      }
      socket.setEncoding('latin1')
      socket.on('connect', next)
      socket.on('data', (text: string) => {
        read = read === '' ? text : read + text
        if (!read.endsWith('\r\n\r\n')) return // both servers answer without a body
        latencies[answered++] = performance.now() - sentAt
        if (read.startsWith('HTTP/1.1 200 ')) {
          read = ''
          next()
        } else {
          socket.destroy(new Error(`A request was answered with ${read.split('\r\n')[0]}`))
        }
      })
      socket.on('error', fail)
      socket.on('close', () => done())
    })

  await Promise.all(Array.from({ length: connections }, oneConnection))
  return {
    answered,
    seconds: (performance.now() - startedAt) / 1_000,
    latencies: latencies.slice(0, answered),
  }
}
