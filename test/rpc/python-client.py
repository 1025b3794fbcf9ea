# A client that knows nothing but the contracts: prints the health and two comments as JSON.
import json
import sys

import grpc
import health_pb2
from feimu.v1 import comment_pb2, comments_pb2

channel = grpc.insecure_channel(f"unix:{sys.argv[1]}")
check = channel.unary_unary(
    "/grpc.health.v1.Health/Check",
    request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
    response_deserializer=health_pb2.HealthCheckResponse.FromString,
)
subscribe = channel.unary_stream(
    "/feimu.v1.Comments/Subscribe",
    request_serializer=comments_pb2.SubscribeRequest.SerializeToString,
    response_deserializer=comment_pb2.Comment.FromString,
)
status = check(health_pb2.HealthCheckRequest(), timeout=10)
comments = []
for comment in subscribe(comments_pb2.SubscribeRequest(backlog=10), timeout=10):
    comments.append(
        {
            "text": comment.text,
            "author": comment.author.name,
            "authorId": comment.author.id,
            "timeMs": comment.time_ms,
            "colour": comment.colour,
            "milli": comment.price.milli,
            "action": comment_pb2.Verdict.Action.Name(comment.verdict.action),
        }
    )
    if len(comments) == 2:
        break
print(
    json.dumps(
        {
            "health": health_pb2.HealthCheckResponse.ServingStatus.Name(status.status),
            "comments": comments,
        },
        ensure_ascii=False,
    )
)
