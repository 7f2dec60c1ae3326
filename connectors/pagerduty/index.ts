import { approve, defineConnector, needsApproval } from '../../src/index.ts'
import { config, findDuty, makeHeaders } from './config.ts'
import { doctor } from './doctor.ts'
import { findOnCallDuty } from './on-call.ts'

const secondsPerHour = 3600

/** Pre-approves short access for people who are on call now; other requests go to the human approvers. Reads only. */
export default defineConnector({
  id: 'pagerduty',
  config,
  preapprove: async (context) => {
    const { request, config, log } = context
    const { email } = request.subject
    const application = request.application.label || request.application.id
    const duty = findDuty(config, request.application.id)
    if (duty.schedules.length + duty.policies.length === 0) {
      return needsApproval(`No duty in PagerDuty stands for ${application}.`)
    }
    // Asked for without an end, duty would be a way to keep access after the shift.
    if (request.accessLengthSeconds === null) return needsApproval('The access that is asked for has no end.')
    const hours = request.accessLengthSeconds / secondsPerHour
    if (!(hours > 0 && hours <= duty.maxHours)) {
      return needsApproval(`The access that is asked for is not between 0 and ${duty.maxHours} hours long.`)
    }
    const where = await findOnCallDuty(email, duty, context)
    if (where === null) return needsApproval(`${email} is not on call in PagerDuty for ${application} now.`)
    log.info({ email, application, duty: where }, 'Pre-approved: on call now')
    return approve()
  },
  doctor,
  // One entry of who is on call anywhere: the right that all questions need, and about none of them.
  probe: ({ http, config }) =>
    http.get(`${config.PAGERDUTY_BASE_URL}/oncalls?limit=1`, { headers: makeHeaders(config) }),
})
