import type { handleUnaryCall } from '@grpc/grpc-js'
import type { ClusterInfo as Members } from '@eventstore/db-client/generated/gossip_pb.js'
import gossip from '@eventstore/db-client/generated/gossip_pb.js'
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { Faults } from './faults.ts'

const { ClusterInfo, EndPoint, MemberInfo } = gossip
type State = (typeof MemberInfo.VNodeState)['LEADER' | 'FOLLOWER']

/** `Gossip.Read`: this node, and the leader that it follows, if it does. */
export function gossipCall(faults: Faults, port: () => number): handleUnaryCall<Empty, Members> {
  return (_, answer) => {
    const { LEADER, FOLLOWER } = MemberInfo.VNodeState
    const { leader } = faults
    const members = leader
      ? [member('127.0.0.1', port(), FOLLOWER), member(leader.host, leader.port, LEADER)]
      : [member('127.0.0.1', port(), LEADER)]
    answer(null, new ClusterInfo().setMembersList(members))
  }
}

const member = (host: string, port: number, state: State): InstanceType<typeof MemberInfo> =>
  new MemberInfo()
    .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
    .setTimeStamp('0')
    .setState(state)
    .setIsAlive(true)
    .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port))
