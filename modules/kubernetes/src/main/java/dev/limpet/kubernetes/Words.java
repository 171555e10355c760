package dev.limpet.kubernetes;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import javax.net.ssl.SSLHandshakeException;

/** What went wrong, in an operator's words. */
final class Words {

  private static final int LONGEST = 300;

  private Words() {}

  static String of(IOException failure) {
    String message = shown(String.valueOf(failure.getMessage()));
    return switch (failure) {
      case ApiFailure told -> String.valueOf(told.getMessage());
      case HttpTimeoutException _ -> "no answer in time";
      case ConnectException _ -> "connection refused";
      case UnknownHostException _ -> "there is no such host";
      case SSLHandshakeException _ -> "TLS: " + message;
      default -> message;
    };
  }

  /** What others have written, so that a line of the log stays one, and a line. */
  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}
