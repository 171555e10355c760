package dev.limpet.proxy.message;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The nodes through which a request has come: each adds itself, and a node that finds itself there
 * has a loop before it. It has a header of its own, for servers that see a {@code Via} may answer
 * otherwise: nginx does not compress then.
 */
public final class Via {

  private static final AsciiString NAME = AsciiString.cached("Limpet-Via");
  private static final String LOWERCASE_NAME = "limpet-via";

  /** Of this process: no name that an operator gives must be the same as another cluster's. */
  private final AsciiString self;

  public Via() {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    self = AsciiString.cached(HexFormat.of().formatHex(random));
  }

  /** Whether this node has sent the request on before. */
  public boolean isBack(HttpRequest request) {
    for (HttpHeader line : request.getHeaders()) {
      if (line.is(LOWERCASE_NAME) && line.value().contains(self)) {
        return true;
      }
    }
    return false;
  }

  /** For the next one. */
  public void addTo(HttpHeaders headers) {
    headers.add(NAME, self);
  }
}
