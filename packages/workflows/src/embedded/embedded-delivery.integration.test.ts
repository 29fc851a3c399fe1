import { deliveryContract } from '../contract/index.ts'
import { embeddedDelivery } from './delivery.ts'

deliveryContract('the embedded delivery', embeddedDelivery)
