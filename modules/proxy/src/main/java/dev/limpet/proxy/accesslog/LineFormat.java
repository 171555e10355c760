package dev.limpet.proxy.accesslog;

import java.io.ByteArrayOutputStream;

/** How a line is written: in ASCII, with one line break, at its end, whatever a client has sent. */
interface LineFormat {

  void write(Line line, ByteArrayOutputStream to);
}
