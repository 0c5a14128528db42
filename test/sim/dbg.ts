import { Nodes } from './nodes.ts'
import { simulate } from './scenario.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../src/protocol/records/record.ts'
const close = Nodes.prototype.close
Nodes.prototype.close = async function (this: any) {
  for (const node of this.all) {
    const disk = node.host.disk
    for (const dir of disk.list('/data').filter((d: string) => d.startsWith(process.argv[3] ?? 'transfers-'))) {
      const files = disk.list(`/data/${dir}`).sort()
      console.log(`== ${node.host.name} ${dir}: ${disk.readFile(`/data/${dir}/leader-epoch-checkpoint`)?.toString().split('\n').join(' ')}`)
      for (const f of files) {
        const bytes = disk.readFile(`/data/${dir}/${f}`)
        if (f.endsWith('.txnindex') && bytes.length) {
          for (let at = 0; at < bytes.length; at += 34) console.log(`   txn ${f} pid ${bytes.readBigInt64BE(at + 2)} first ${bytes.readBigInt64BE(at + 10)} last ${bytes.readBigInt64BE(at + 18)} lso ${bytes.readBigInt64BE(at + 26)}`)
        }
        if (f.endsWith('.log'))
          for (let at = 0; at + 61 <= bytes.length; ) {
            const len = bytes.readInt32BE(at + 8) + 12
            if (len < 61) break
            const b = bytes.subarray(at, at + len)
            at += len
            const c = batch.isControl(b)
            const values = [...decodeRecords(b)].map((r: any) => c ? (r.key.readInt16BE(2) ? 'COMMIT' : 'ABORT') : String(r.value))
            console.log(`   ${batch.baseOffset(b)} e${batch.leaderEpoch(b)} pid ${batch.producerId(b)}/${batch.producerEpoch(b)} ${c ? 'CTL' : ''} ${batch.isTransactional(b) ? 'T' : ''} ${values.join(',')}`)
          }
      }
    }
  }
  return close.call(this)
}
console.log(JSON.stringify(await simulate(Number(process.argv[2]), { brokers: 3 })))
