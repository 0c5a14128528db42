import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { javaLine } from './apache.ts'

const source = fileURLToPath(new URL('java/TransactionDialog.java', import.meta.url))

/** Apache's transactional producers, each with a name, in one Java process. */
export interface TransactionDialog {
  /** Gives `ok`, or the class of the exception: `say('a', 'open', 'id')`, then `init`, `begin`, `send TOPIC PARTITION VALUE`, `commit` ... */
  say(...words: readonly (string | number)[]): Promise<string>
  /** `SIGKILL` leaves transactions as they are. */
  end(signal?: 'SIGKILL'): Promise<void>
}

/** Starts the program `java/TransactionDialog.java`; the properties are those of all its producers. */
export async function transactionDialog(properties: Readonly<Record<string, string>>): Promise<TransactionDialog> {
  const args = Object.entries(properties).map(([name, value]) => `${name}=${value}`)
  const program = execa('java', [...javaLine('-Xmx256M'), source, ...args], { reject: false })
  const lines = createInterface(program.stdout)[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const first = await next()
  if (first !== 'ready') throw new Error(`the Java program does not start: ${(await program).stderr}`)
  return {
    async say(...words) {
      program.stdin.write(`${words.join(' ')}\n`)
      return next()
    },
    async end(signal) {
      if (signal) program.kill(signal)
      else program.stdin.end()
      await program
    },
  }
}
