package dev.limpet.proxy.accesslog;

import java.io.ByteArrayOutputStream;

/** Writes lines in ASCII, with one line break, at the end, whatever a client has sent. */
interface LineFormat {

  void write(Line line, ByteArrayOutputStream to);
}
