import { defineConnector, reject } from '../../src/index.ts'
import { config, findTraining, makeApiUrl, makeHeaders, makeTrainingUrl } from './config.ts'
import { doctor } from './doctor.ts'
import { readEnrollments } from './enrollments.ts'
import { judgeTraining } from './judge.ts'
import { makeUserIds } from './user-ids.ts'

/** Validates that the person who asks for access has completed a training. Reads only. */
export default defineConnector({
  id: 'knowbe4',
  config,
  connect: makeUserIds,
  validate: async (context) => {
    const { request, config, now } = context
    const { email } = request.subject
    const training = findTraining(config, request.application.id)
    if (training === undefined) {
      return reject('Nobody has said which training this application needs. Ask whoever runs the access requests.')
    }
    const enrollments = await readEnrollments(email, context)
    if (enrollments !== null) return judgeTraining({ training, enrollments, config, now: now() })
    return reject(
      `KnowBe4 has no active user ${email}. Ask whoever runs your security training to add you and to enrol you in "${training}"; complete it at ${makeTrainingUrl(config)}, then ask again.`,
    )
  },
  doctor,
  // The account itself, which the token of the Reporting API reads whatever else is asked.
  probe: ({ http, config }) => http.get(`${makeApiUrl(config)}/v1/account`, { headers: makeHeaders(config) }),
})
