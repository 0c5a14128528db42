/** Translates records.wat into the module that the sources carry; with --check it only says whether the two still fit. */
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

const source = new URL('../src/protocol/records/records.wat', import.meta.url)
const target = new URL('../src/protocol/records/records.wasm.ts', import.meta.url)

const { parseWat } = await wabt()
const { buffer } = parseWat('records.wat', readFileSync(source, 'utf8'), { simd: true }).toBinary({})
const text = `/** records.wat, translated by \`npm run wasm\`. */
export const recordsCode =
  '${Buffer.from(buffer).toString('base64')}'
`
if (!process.argv.includes('--check')) writeFileSync(target, text)
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write('records.wasm.ts is not what records.wat gives: run `npm run wasm`.\n')
  process.exit(1)
}
