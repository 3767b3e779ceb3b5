/** The part of autocannon 9 that the benches use; the package brings no types. */
declare module 'autocannon' {
  type Client = {
    setHeaders(headers: Record<string, string>): void
    on(event: 'response', listener: () => void): void
  }
  type Result = {
    requests: { average: number; total: number }
    latency: { p50: number; p99: number; max: number }
    '2xx': number
    non2xx: number
    errors: number
  }
  export default function autocannon(options: {
    url: string
    connections: number
    duration: number
    method: 'POST'
    body: string
    setupClient(client: Client): void
  }): Promise<Result>
}
