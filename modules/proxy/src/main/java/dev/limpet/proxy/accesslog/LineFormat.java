package dev.limpet.proxy.accesslog;

import dev.limpet.model.live.RequestRecord;
import java.io.ByteArrayOutputStream;

/** Writes lines in ASCII, with one line break, at the end, whatever a client has sent. */
interface LineFormat {

  void write(RequestRecord line, ByteArrayOutputStream to);
}
