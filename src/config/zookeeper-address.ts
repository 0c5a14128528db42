import { ConfigError } from './define.ts'

export interface ZooKeeperAddress {
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  /** What stands before every path; empty for none. */
  readonly chroot: string
  readonly text: string
}

/** Reads `host1:2181,host2:2181/chroot`, as `zookeeper.connect` and `--zookeeper` have it; throws `ConfigError`. */
export function parseZooKeeperAddress(text: string, name: string): ZooKeeperAddress {
  const trimmed = text.trim()
  const slash = trimmed.indexOf('/')
  const hosts = slash < 0 ? trimmed : trimmed.slice(0, slash)
  const chroot = slash < 0 ? '' : trimmed.slice(slash).replace(/\/+$/, '')
  const servers = hosts.split(',').map((entry) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(entry.trim())
    const port = Number(match?.[3] ?? 2181)
    if (!match || port < 1 || port > 65_535)
      throw new ConfigError(`Invalid address ${entry.trim() || "''"} of ${name}: host:port,host:port is expected`)
    return { host: (match[1] ?? match[2]) as string, port }
  })
  return { servers, chroot, text: trimmed }
}
