package dev.limpet.http.h2.frame;

/** The flags in a frame's head; what they mean depends on the frame's type (RFC 9113, 6). */
record Http2Flags(int bits) {

  boolean ack() {
    return (bits & 0x1) != 0;
  }

  boolean endOfHeaders() {
    return (bits & 0x4) != 0;
  }

  boolean paddingPresent() {
    return (bits & 0x8) != 0;
  }

  boolean priorityPresent() {
    return (bits & 0x20) != 0;
  }
}
