export const hitSubjects = ['floor', 'ours', 'ours, tagged', 'bentocache'] as const
export const keyCount = 10_000
