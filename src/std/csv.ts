/** A field of CSV (RFC 4180), quoted only where it has to be. */
const csvField = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

/** A line with its line feed. What is missing is an empty field, which an empty text, `""`, is not. */
export const csvLine = (fields: readonly (string | undefined)[]): string =>
  `${fields.map((field) => (field === '' ? '""' : csvField(field ?? ''))).join(',')}\n`
