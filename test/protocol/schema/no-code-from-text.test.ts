import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, it } from 'vitest'

it('messages that come often are read and written where no code may be made of text', async () => {
  const apis = fileURLToPath(new URL('../../../src/protocol/apis/index.ts', import.meta.url))
  const schema = fileURLToPath(new URL('../../../src/protocol/schema/index.ts', import.meta.url))
  const program = `
    import { Heartbeat } from '${apis}'
    import { Reader, Writer } from '${schema}'
    const codec = Heartbeat.requestCodec(4)
    let last
    for (let i = 0; i < 1000; i++) {
      const writer = new Writer()
      codec.encode(writer, { groupId: 'g', generationId: i, memberId: 'm', groupInstanceId: null })
      last = codec.decode(new Reader(writer.concat()))
    }
    console.log(last.generationId)`
  const flags = ['--disallow-code-generation-from-strings', '--import', 'tsx', '--input-type=module', '-e', program]
  expect((await execa(process.execPath, flags)).stdout).toBe('999')
})
