package dev.limpet.admin.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCode;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong with a request. The caller gets it as problem details (RFC 9457), {@code
 * application/problem+json}.
 */
public final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1;

  private static final ContentType TYPE =
      ContentTypes.create(
          MediaTypes.applicationWithFixedCharset(
              "problem+json", akka.http.javadsl.model.HttpCharsets.UTF_8));

  /**
   * One value that is wrong.
   *
   * @param field its name; for those of a batch, after {@code operations[N].}
   * @param message what is wrong with it, or was expected, in an operator's words
   * @param found what was there, if that helps
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Wrong(String field, String message, @Nullable Object found) {}

  private final transient StatusCode status;
  private final transient Map<String, Object> members = new LinkedHashMap<>();
  private final transient List<HttpHeader> headers = new ArrayList<>();

  /**
   * @param detail for an operator
   */
  public Problem(StatusCode status, String detail) {
    super(detail, null, false, false);
    this.status = status;
    members.put("type", "about:blank");
    members.put("title", status.reason());
    members.put("status", status.intValue());
    members.put("detail", detail);
  }

  /**
   * Says which kind of problem it is, for programs.
   *
   * @param name under {@code /problems/}
   * @param title the same for all of the kind
   */
  public Problem kind(String name, String title) {
    return with("type", "/problems/" + name).with("title", title);
  }

  /** Adds a member beside those of the RFC, or changes one. */
  public Problem with(String member, Object value) {
    members.put(member, value);
    return this;
  }

  public Problem with(HttpHeader header) {
    headers.add(header);
    return this;
  }

  public StatusCode status() {
    return status;
  }

  /** The text for an operator. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  public HttpResponse response() {
    return JsonResponses.json(status, TYPE, members).addHeaders(headers);
  }
}
