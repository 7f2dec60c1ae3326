export type LaneRow = {
  lane: string
  connector: string
  authority: string | null
  person: string | null
  dueInSeconds?: number
}

/** A lane's deliveries may differ in whether the authority is asked, and when: one that asks speaks for the lane, and the first. */
export function lanesOf(deliveries: readonly LaneRow[]): LaneRow[] {
  const lanes = new Map<string, LaneRow>()
  for (const { lane, connector, authority, person, dueInSeconds = 0 } of deliveries) {
    const other = lanes.get(lane)
    const due = Math.min(other?.dueInSeconds ?? dueInSeconds, dueInSeconds)
    lanes.set(lane, { lane, connector, authority: authority ?? other?.authority ?? null, person, dueInSeconds: due })
  }
  return [...lanes.values()]
}
