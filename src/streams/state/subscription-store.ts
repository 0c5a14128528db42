import type { Subscription } from './subscription.ts'
import { TypedStore } from './typed-store.ts'

/** What entries of a table have subscribed to, by foreign key and their own. */
export class SubscriptionStore<K> extends TypedStore<Buffer, Subscription<K>> {
  /** Those whose keys begin with these bytes, in the order of their keys. */
  of(prefix: Buffer): Subscription<K>[] {
    return (this.bytes.prefixes?.of(prefix) ?? []).flatMap((stored) => this.get(stored) ?? [])
  }
}
