import type { Peer } from '../../../network/frame-handler.ts'
import { plainAddress } from '../../../std/ip-address.ts'

/** A client's address as groups keep it: as Java spells one without a name. */
export const hostOf = ({ remoteAddress }: Peer): string => `/${plainAddress(remoteAddress)}`
