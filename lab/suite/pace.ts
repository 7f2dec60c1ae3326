import { defaultSchedule, type Schedule, scaleSchedule } from '../../src/core/schedule.ts'

/** The waits of a hub under the suite: as shipped, a hundred times shorter. */
export const suitePace: { pollSeconds: number; probeSeconds: number; schedule: Schedule } = {
  pollSeconds: 0.2,
  probeSeconds: 0.5,
  // A later search would be a call that a case counts and does not expect.
  schedule: { ...scaleSchedule(defaultSchedule, 0.01), searchAgainWaitsSeconds: [] },
}
