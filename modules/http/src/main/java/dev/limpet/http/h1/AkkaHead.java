package dev.limpet.http.h1;

import akka.util.ByteString;
import dev.limpet.http.message.RequestHead;

/**
 * The plain head that Akka HTTP is given for a request: the framing is the same, and there is
 * nothing else in it that it could change, drop or read leniently.
 */
final class AkkaHead {

  private static final int HEAD = 1;
  private static final int HTTP_1_0 = 2;
  private static final int CLOSE = 4;

  /** Those of requests without a body, by which of the three they have. */
  private static final ByteString[] BODILESS = new ByteString[8];

  static {
    for (int i = 0; i < BODILESS.length; i++) {
      String method = (i & HEAD) == 0 ? "GET" : "HEAD";
      BODILESS[i] =
          ByteString.fromString(begin(method, (i & HTTP_1_0) != 0, (i & CLOSE) != 0) + "\r\n");
    }
  }

  private AkkaHead() {}

  static ByteString of(RequestHead head) {
    boolean close = head.behind() == RequestHead.Behind.NOTHING;
    if (head.length() == 0) {
      int index =
          (head.isHead() ? HEAD : 0) | (head.isHttp10() ? HTTP_1_0 : 0) | (close ? CLOSE : 0);
      return BODILESS[index];
    }
    boolean chunked = head.length() == RequestHead.CHUNKED;
    return ByteString.fromString(
        begin("POST", head.isHttp10(), close)
            + (chunked
                ? "Transfer-Encoding: chunked\r\n"
                : "Content-Length: " + head.length() + "\r\n")
            + (head.expectsContinue() ? "Expect: 100-continue\r\n" : "")
            + "\r\n");
  }

  /** All methods but HEAD are the same to Akka HTTP, which refuses those that it does not know. */
  private static String begin(String method, boolean http10, boolean close) {
    return method
        + (http10 ? " / HTTP/1.0\r\n" : " / HTTP/1.1\r\n")
        + "Host: limpet\r\n"
        + (close ? "Connection: close\r\n" : http10 ? "Connection: keep-alive\r\n" : "");
  }
}
