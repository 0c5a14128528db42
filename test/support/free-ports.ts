import net from 'node:net'

/**
 * Ports below those that the system gives to connections and to whoever asks for any: none of them is taken between being found free and being used.
 * Each of the files that run at once gives out a thousand of its own.
 */
const FIRST = 12_000
const EACH = 1000
const own = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % 9) * EACH
// The file before may have left something at the first ones.
let given = Math.floor(Math.random() * EACH)

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A port that nobody listens on, and that this process has not given out before. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < EACH; tried++) {
    const port = own + (given++ % EACH)
    if (await isFree(port)) return port
  }
  throw new Error(`all ports from ${own} on are taken`)
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}
