# The peer: GStreamer from the same raw pictures to decoded ones, in one process. Prints one JSON object.
import json
import mmap
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402,F401

path, width, height, count, fps, kbps, seconds, port = sys.argv[1], *map(float, sys.argv[2:])
width, height, count, kbps, port = int(width), int(height), int(count), int(kbps), int(port)
Gst.init(None)
size = width * height * 3 // 2
with open(path, "rb") as file:
    pictures = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
BLOCK, LEFT, BITS, FROM_BOTTOM = 16, 16, 16, 48

sender = Gst.parse_launch(
    f"appsrc name=in is-live=true format=time do-timestamp=false "
    f"caps=video/x-raw,format=NV12,width={width},height={height},framerate=30000/1001,colorimetry=bt709 "
    f"! x264enc tune=zerolatency speed-preset=ultrafast bitrate={kbps} key-int-max=60 "
    f"! video/x-h264,profile=constrained-baseline ! rtph264pay mtu=1200 ! udpsink host=127.0.0.1 port={port} sync=false"
)
receiver = Gst.parse_launch(
    f"udpsrc name=net port={port} address=127.0.0.1 buffer-size=4000000 "
    "caps=application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96 "
    "! rtpjitterbuffer latency=0 ! rtph264depay ! avdec_h264 ! appsink name=out sync=false emit-signals=true max-buffers=4"
)
captured = {}
latencies = {}
first = {}


def on_sample(sink):
    now = time.monotonic()
    sample = sink.emit("pull-sample")
    buffer = sample.get_buffer()
    structure = sample.get_caps().get_structure(0)
    stride = structure.get_value("width")
    good, memory = buffer.map(Gst.MapFlags.READ)
    if not good:
        return Gst.FlowReturn.OK
    row = (height - FROM_BOTTOM + BLOCK // 2) * stride
    number = 0
    for bit in range(BITS):
        if memory.data[row + LEFT + bit * BLOCK + BLOCK // 2] > 127:
            number |= 1 << bit
    buffer.unmap(memory)
    if number in captured and number not in latencies:
        latencies[number] = (now - captured[number]) * 1000
        first.setdefault("at", now)
    return Gst.FlowReturn.OK


receiver.get_by_name("out").connect("new-sample", on_sample)
receiver.set_state(Gst.State.PLAYING)
receiver.get_state(5 * Gst.SECOND)
sender.set_state(Gst.State.PLAYING)
source = sender.get_by_name("in")


def first_packet(_pad, _info):
    first.setdefault("packet", time.monotonic())
    return Gst.PadProbeReturn.REMOVE


receiver.get_by_name("net").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, first_packet)

begin = time.monotonic()
number = 0
while time.monotonic() - begin < seconds:
    picture = bytearray(pictures[(number % count) * size : (number % count + 1) * size])
    for bit in range(BITS):
        block = (b"\xeb" if number >> bit & 1 else b"\x10") * BLOCK
        for row in range(BLOCK):
            at = (height - FROM_BOTTOM + row) * width + LEFT + bit * BLOCK
            picture[at : at + BLOCK] = block
    buffer = Gst.Buffer.new_wrapped(bytes(picture))
    buffer.pts = int(number * Gst.SECOND / fps)
    buffer.duration = int(Gst.SECOND / fps)
    time.sleep(max(0, begin + number / fps - time.monotonic()))
    captured[number] = time.monotonic()
    source.emit("push-buffer", buffer)
    number += 1
time.sleep(0.3)
sender.set_state(Gst.State.NULL)
receiver.set_state(Gst.State.NULL)
print(
    json.dumps(
        {
            "latenciesMs": [latencies[key] for key in sorted(latencies)],
            "firstFrameMs": (first.get("at", 0) - first.get("packet", 0)) * 1000,
            "sent": number,
        }
    )
)
