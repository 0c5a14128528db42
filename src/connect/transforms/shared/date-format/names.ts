/** English, in the order of Java's fields: weeks begin with Sunday. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const HALVES = ['AM', 'PM']
export const ERAS = ['BC', 'AD']

/** Three letters, or from four on the whole name. */
export const shortened = (name: string, count: number): string => (count >= 4 ? name : name.slice(0, 3))

/** Zones that are known by name, with their minutes ahead of UTC. */
export const ZONES: readonly (readonly [short: string, long: string, minutes: number])[] = [
  ['UTC', 'Coordinated Universal Time', 0],
  ['GMT', 'Greenwich Mean Time', 0],
  ['EST', 'Eastern Standard Time', -300],
  ['EDT', 'Eastern Daylight Time', -240],
  ['CST', 'Central Standard Time', -360],
  ['CDT', 'Central Daylight Time', -300],
  ['MST', 'Mountain Standard Time', -420],
  ['MDT', 'Mountain Daylight Time', -360],
  ['PST', 'Pacific Standard Time', -480],
  ['PDT', 'Pacific Daylight Time', -420],
  ['CET', 'Central European Standard Time', 60],
  ['CEST', 'Central European Summer Time', 120],
]
