import { describe, inject } from 'vitest'
import { deliveryContract } from '../../contract/index.ts'
import { deliveryWithClock } from '../testing/delivery.ts'

describe.skipIf(!inject('temporalServer'))('on a Temporal server', () => {
  deliveryContract('the delivery on Temporal', deliveryWithClock)
})
