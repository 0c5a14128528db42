import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { serversByFile } from '../../src/cli/stop-servers.ts'
import { Consumer, Producer } from '../../src/index.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'

const dir = mkdtempSync(join(tmpdir(), 'local-cluster-'))
const cluster = (words: string) => runBuilt('', `cluster ${words} --dir ${dir}`)
const pidOf = (id: number) => serversByFile().get(join(dir, `node-${id}.properties`))

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, 'localhost', () => server.close(() => resolve(true)))
  })

/** Ports of the nodes, and of their controllers ten thousand above: all free, and none that the system or `free-ports.ts` gives to whoever asks for any. */
async function basePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 900)
    const all = [0, 1, 2].flatMap((at) => [port + at, port + 10_000 + at])
    if ((await Promise.all(all.map(isFree))).every(Boolean)) return port
  }
}

afterAll(async () => {
  await cluster('down')
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(!isBuilt())('cluster up and down', () => {
  it('keeps what was acknowledged while a node is killed and comes back', async () => {
    const port = await basePort()
    const up = await cluster(`up 3 --port ${port}`)
    expect(up.err).toBe('')
    expect(up.out).toContain('A cluster of 3 serves at')
    const bootstrap = [0, 1, 2].map((at) => `localhost:${port + at}`).join(',')
    expect((await runBuilt(bootstrap, 'topics create t --partitions 3')).out).toBe('Created topic t.')
    const producer = new Producer({ 'bootstrap.servers': bootstrap })
    const sent = Array.from({ length: 500 }, (_, n) => producer.send({ topic: 't', value: `${n}` }))
    process.kill(pidOf(2) as number, 'SIGKILL')
    await Promise.all(sent)
    await producer.close()

    const again = await cluster('up --json')
    expect(JSON.parse(again.out)).toMatchObject({ bootstrap, started: [2] })
    const consumer = new Consumer({ 'bootstrap.servers': bootstrap, 'auto.offset.reset': 'earliest' })
    consumer.assign([0, 1, 2].map((partition) => ({ topic: 't', partition })))
    const read = new Set<string>()
    while (read.size < 500) for (const { value } of await consumer.poll(500)) read.add(String(value))
    await consumer.close()

    expect(await cluster('up 4')).toMatchObject({ code: 2, err: expect.stringContaining('There is a cluster of 3') })
    const down = await cluster('down --remove')
    expect(down.out).toContain('Stopped 3 of 3 nodes.')
    expect(readdirSync(dir)).toEqual([])
    expect(await cluster('down')).toMatchObject({ code: 1, err: `There is no cluster in ${dir}.` })
  }, 60_000)
})
