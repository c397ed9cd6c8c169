/**
 * Carbon intensity of electricity grids, from the npm package `@tgwf/co2`: yearly averages by zone of Electricity Maps
 * and by country of Ember. Real figures: an execution computes with one, and cites it.
 */
import { createHash } from 'node:crypto'
import { averageIntensity, electricityMaps } from '@tgwf/co2/data'

export interface EmissionFactor {
  /** Content id: the same figures give the same id. */
  readonly cid: string
  /** SHA-256 of the figures, hex. */
  readonly contentHash: string
  /** Zone or country code. */
  readonly zone: string
  /** Grams of CO2 (equivalent) a kWh. */
  readonly gramsPerKwh: number
  readonly source: string
  readonly title: string
  readonly url: string
  /** The figures, as JSON. */
  readonly details: string
}

/** All factors that are above zero; order fixed by the data. About 1700. */
export function readEmissionFactors(): EmissionFactor[] {
  return [...fromElectricityMaps(), ...fromEmber()].filter(factor => factor.gramsPerKwh > 0)
}

function fromElectricityMaps(): EmissionFactor[] {
  return Object.entries(electricityMaps).flatMap(([name, { data }]) => {
    const year = Number(name.replace('yearly', ''))
    return Object.entries(data).map(([zone, { zone: place, ...figures }]) =>
      identified({
        zone,
        gramsPerKwh: figures.carbonIntensity.value,
        source: 'Electricity Maps',
        title: `Grid carbon intensity ${year}: ${place.zoneName}`,
        url: `https://app.electricitymaps.com/zone/${zone}`,
        details: {
          value: figures.carbonIntensity.value,
          unit: figures.carbonIntensity.unit,
          year,
          zone,
          renewablePercent: figures.renewableEnergy.value,
          carbonFreePercent: figures.carbonFreeEnergy.value,
          licence: 'ODbL-1.0',
        },
      }),
    )
  })
}

function fromEmber(): EmissionFactor[] {
  return Object.entries(averageIntensity.data).map(([zone, value]) =>
    identified({
      zone,
      gramsPerKwh: value,
      source: 'Ember',
      title: `Average carbon intensity of electricity: ${zone}`,
      url: 'https://ember-energy.org/data/yearly-electricity-data/',
      details: { value, unit: 'gCO2e/kWh', zone, licence: 'CC-BY-SA-4.0' },
    }),
  )
}

type Figures = Omit<EmissionFactor, 'cid' | 'contentHash' | 'details'> & { details: object }

function identified(factor: Figures): EmissionFactor {
  const details = JSON.stringify(factor.details)
  const contentHash = createHash('sha256').update(`${factor.source}\n${details}`).digest('hex')
  return { ...factor, cid: `ef:sha256:${contentHash.slice(0, 40)}`, contentHash, details }
}
