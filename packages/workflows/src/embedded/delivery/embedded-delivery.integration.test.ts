import { deliveryContract } from '../../contract/index.ts'
import { embeddedDelivery } from './embedded-delivery.ts'

deliveryContract('the embedded delivery', embeddedDelivery)
