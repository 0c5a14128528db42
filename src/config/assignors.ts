import { ConfigError } from './define.ts'

const PACKAGE = 'org.apache.kafka.coordinator.group.assignor.'

/** Whether a name of `group.consumer.assignors` or its like is that of a built-in assignor, short or with its class. */
const isOneOf = (given: string, name: string): boolean =>
  given === name || given === `${PACKAGE}${name.charAt(0).toUpperCase()}${name.slice(1)}Assignor`

/** Throws `ConfigError` for what is not the one way to share partitions out that there is. */
export function checkShareAssignors(names: readonly string[]): void {
  const property = 'group.share.assignors'
  if (names.length !== 1)
    throw new ConfigError(`${property} must contain exactly one assignor, but found ${names.length}`)
  const [name = ''] = names
  if (!isOneOf(name, 'simple'))
    throw new ConfigError(
      `${property}=${name}: the assignor of share groups is simple, and classes are not loaded so far`,
    )
}
