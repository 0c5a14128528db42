import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

export interface ProcessInfo {
  readonly pid: number
  /** Empty for a process of the kernel. */
  readonly args: readonly string[]
  /** Undefined where the system does not tell, or the process is another user's. */
  readonly folder: string | undefined
}

function fromProc(): ProcessInfo[] {
  const found: ProcessInfo[] = []
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const args = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1)
      found.push({ pid: Number(name), args, folder: folderOf(name) })
    } catch {
      // It has ended meanwhile.
    }
  }
  return found
}

function folderOf(pid: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function fromPs(): ProcessInfo[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line)
    return match ? [{ pid: Number(match[1]), args: (match[2] as string).split(/\s+/), folder: undefined }] : []
  })
}

const WINDOWS_LIST =
  'Get-CimInstance Win32_Process | ForEach-Object { [string]$_.ProcessId + " " + $_.CommandLine } | Out-String -Width 32767'

function fromWindows(): ProcessInfo[] {
  const shell = ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_LIST]
  return readWindowsList(execFileSync('powershell.exe', shell, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }))
}

/** Lines of a process id and a command line whose arguments may stand in quotes. */
export function readWindowsList(text: string): ProcessInfo[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^(\d+) (.*)$/.exec(line.trim())
    if (!match) return []
    const args = (match[2] as string).match(/(?:"[^"]*"|[^\s"])+/g) ?? []
    return [{ pid: Number(match[1]), args: args.map((word) => word.replaceAll('"', '')), folder: undefined }]
  })
}

/** The system's processes besides this one. */
export function listProcesses(): ProcessInfo[] {
  const all = fs.existsSync('/proc/self/cmdline') ? fromProc() : process.platform === 'win32' ? fromWindows() : fromPs()
  return all.filter(({ pid }) => pid !== process.pid)
}

/** Sends a signal, `TERM` or `SIGTERM`; throws when there is no such process or signal. */
export function signalProcess(pid: number, signal: string): void {
  process.kill(pid, (signal.startsWith('SIG') ? signal : `SIG${signal}`) as NodeJS.Signals)
}

/** Runs this program again with other arguments, apart from this process and its terminal; all it prints goes to a file. */
export function detach(args: readonly string[], consoleFile: string): void {
  fs.mkdirSync(path.dirname(consoleFile), { recursive: true })
  const output = fs.openSync(consoleFile, 'w')
  const program = [
    ...process.execArgv,
    path.resolve(process.argv[1] as string).replace(/(kafka|zookeeper)-[\w-]+\.js$/, 'run.js'),
  ]
  const child = spawn(process.execPath, [...program, ...args], { detached: true, stdio: ['ignore', output, output] })
  child.unref()
  fs.closeSync(output)
}
