import { brokerProperties } from '../../../config/broker-table.ts'
import { cordonedDirs } from '../../../config/cordoned.ts'
import { ConfigError } from '../../../config/define.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { configsOf, ResourceType } from '../../metadata/image.ts'
import type { Access } from '../access/access.ts'
import { configRefusal } from '../access/config-resources.ts'
import { type Divided, divideOnce } from '../access/divide.ts'
import type { BrokerServices } from '../services.ts'

type Services = Pick<BrokerServices, 'certificates' | 'image' | 'config'>

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

interface Alterable<R> {
  readonly permitted: readonly R[]
  /** Rows of the answer for the others. */
  readonly refused: { resourceType: number; resourceName: string; errorCode: number; errorMessage: string }[]
}

/** The resources whose configuration may be altered as a request says, by whoever sent it and with what is in the files that it names. */
export async function alterable<R extends Resource>(
  broker: Services,
  access: Access,
  resources: readonly R[],
): Promise<Alterable<R>> {
  const byRight = divideOnce(
    resources,
    ({ resourceType, resourceName }) => `${resourceType}:${resourceName}`,
    (one) => configRefusal(access, 'ALTER_CONFIGS', one),
  )
  // Files are looked at only for those who may have them read.
  const unusable = await ownRefusals(broker, byRight.permitted)
  const row = ({ item: { resourceType, resourceName }, error }: Divided<R>['refused'][number]) => ({
    ...{ resourceType, resourceName, errorCode: error.code as number, errorMessage: error.message },
  })
  return {
    permitted: byRight.permitted.filter((one) => !unusable.has(one)),
    refused: [...byRight.refused, ...Array.from(unusable, ([item, error]) => ({ item, error }))].map(row),
  }
}

/** Only a broker knows its own directories. */
function checkCordoned({ logDirs }: BrokerServices['config'], values: ReadonlyMap<string, string>): void {
  const name = 'cordoned.log.dirs'
  try {
    cordonedDirs(brokerProperties[name].parse(name, values.get(name) ?? ''), logDirs)
  } catch (error) {
    if (error instanceof ConfigError) throw new KafkaError('INVALID_REQUEST', error.message)
    throw error
  }
}

/** What keeps this broker from taking over what a request says of its directories, and of its listeners' certificates, which has to be known before anything is decided. */
async function ownRefusals<R extends Resource>(
  { certificates, image, config }: Services,
  resources: readonly R[],
): Promise<ReadonlyMap<R, KafkaError>> {
  const found = new Map<R, KafkaError>()
  for (const resource of resources) {
    const { resourceType, resourceName, configs } = resource
    if (resourceType !== ResourceType.broker || resourceName !== String(config.nodeId)) continue
    const values = new Map(configsOf(image, resourceType, resourceName))
    for (const { name, value } of configs)
      if (value === null) values.delete(name)
      else values.set(name, value)
    try {
      checkCordoned(config, values)
      await certificates.check(values)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      found.set(resource, error)
    }
  }
  return found
}
