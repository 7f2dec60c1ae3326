import { defineConnector, reject } from '../../src/index.ts'
import { config, trainingFor, trainingUrl } from './config.ts'
import { doctor } from './doctor.ts'
import { enrollmentsOf } from './enrollments.ts'
import { judge } from './judge.ts'
import type { UserIds } from './read-pages.ts'

/** Validates that whoever asks for access has completed a training. Reads only. */
export default defineConnector({
  id: 'knowbe4',
  config,
  connect: (): UserIds => new Map(),
  validate: async (context) => {
    const { request, config, now } = context
    const { email } = request.subject
    const training = trainingFor(config, request.application.id)
    if (training === undefined) {
      return reject('Nobody has said which training this application needs. Ask whoever runs the access requests.')
    }
    const enrollments = await enrollmentsOf(email, context)
    if (enrollments !== null) return judge({ training, enrollments, config, now: now() })
    return reject(
      `KnowBe4 has no active user ${email}. Ask whoever runs your security training to add you and to enrol you in "${training}"; complete it at ${trainingUrl(config)}, then ask again.`,
    )
  },
  doctor,
})
