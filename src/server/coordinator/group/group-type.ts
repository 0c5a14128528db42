/** The protocols by which a group's members come together, as ListGroups names them. */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'
