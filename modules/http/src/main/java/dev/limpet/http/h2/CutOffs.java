package dev.limpet.http.h2;

import dev.limpet.http.client.Client;
import dev.limpet.transport.report.Occurrences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP/2 clients that were told to calm down (ENHANCE_YOUR_CALM) and cut off. Thread-safe. */
final class CutOffs {

  private static final Logger LOG = LoggerFactory.getLogger(CutOffs.class);

  private final Occurrences all = new Occurrences();

  /** On the loop of the client, which is sent its GOAWAY next. */
  void add(Client client, String why) {
    client.connection().endSoon();
    all.add(
        times ->
            LOG.warn(
                "cut off the HTTP/2 client {} at listener {}: {}{}",
                client.remote().getAddress().getHostAddress(),
                client.listener(),
                why,
                Occurrences.andOthers(times)));
  }

  long count() {
    return all.count();
  }
}
