import { z } from '@hono/zod-openapi'
import { reviewEmergency } from '../../signin/review-emergency.ts'
import { addAct, givenReason } from './add-act.ts'
import { givenId } from './facts.ts'
import type { Api, ApiNeeds } from './needs.ts'

/** Adds the review of emergencies, by which their alerts end. */
export function addEmergencies(api: Api, needs: ApiNeeds): void {
  addAct(
    api,
    needs,
    {
      role: 'operator',
      tag: 'alerts',
      path: '/emergencies/{id}/review',
      summary: 'Says what somebody other than its person found in an emergency, which ends its alert. Not by a token.',
      params: z.object({ id: givenId('lnk') }),
      body: z.strictObject({ reason: givenReason }),
      answer: z.object({ id: z.string(), reviewed: z.literal(true) }).openapi('Reviewed'),
      notInEmergency: true,
    },
    async ({ caller, operator, params: { id }, body: { reason } }) => {
      await reviewEmergency(needs.journal, caller, { id, reason, operator })
      return { id, reviewed: true as const }
    },
  )
}
