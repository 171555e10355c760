package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Parts of answers. */
final class Answers {

  /** Stands for a change's id where that is not known yet. */
  static final String CHANGE = "{change}";

  private Answers() {}

  static HttpResponse tagged(HttpResponse response, String tag) {
    return response.addHeader(RawHeader.create("ETag", tag));
  }

  /** One segment of a path. */
  static String escaped(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("%3A", ":");
  }

  static String word(Site.Source source) {
    return switch (source) {
      case FILE -> "the settings file";
      case CHANGE -> "a change";
      case DNS -> "DNS";
      case KUBERNETES -> "Kubernetes";
      case ELSEWHERE -> "another node's settings";
    };
  }
}
