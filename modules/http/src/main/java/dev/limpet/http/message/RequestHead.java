package dev.limpet.http.message;

import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCode;
import akka.http.scaladsl.model.HttpMethod;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.Seq;

/** The head of one request as the client sent it, in the form of HTTP/1. */
public final class RequestHead {

  /** How long a chunked body is. */
  public static final long CHUNKED = -1;

  private static final AttributeKey<RequestHead> KEY =
      AttributeKey.create("limpet-request-head", RequestHead.class);

  /** The meaning of the bytes behind a request. */
  public enum Behind {
    REQUEST,
    /** That depends on the answer, for the client wants to change the protocol. */
    PERHAPS_ANOTHER_PROTOCOL,
    /** Of no interest: the client has said that this request is its last. */
    NOTHING
  }

  private final HttpMethod method;
  private final Seq<akka.http.scaladsl.model.HttpHeader> headers;
  private final long length;
  private final boolean http10;
  private final boolean expectsContinue;
  private final Behind behind;
  private final @Nullable StatusCode refusal;
  private List<HttpHeader> trailers = List.of();

  /**
   * @param headers in the client's order, each line for itself, one char for each byte
   * @param length of the body, or {@link #CHUNKED}
   * @param expectsContinue whether the client waits for a 100 before it sends the body
   * @param behind what follows the request on the connection
   * @param refusal the status of a request that is not well-formed
   */
  RequestHead(
      HttpMethod method,
      Seq<akka.http.scaladsl.model.HttpHeader> headers,
      long length,
      boolean http10,
      boolean expectsContinue,
      Behind behind,
      @Nullable StatusCode refusal) {
    this.method = method;
    this.headers = headers;
    this.length = length;
    this.http10 = http10;
    this.expectsContinue = expectsContinue;
    this.behind = behind;
    this.refusal = refusal;
  }

  /** The fields behind a request's body of unknown length; known once the body has been read. */
  public static List<HttpHeader> trailers(HttpRequest request) {
    Optional<RequestHead> head = request.getAttribute(KEY);
    return head.isEmpty() ? List.of() : head.get().trailers;
  }

  public HttpMethod method() {
    return method;
  }

  public Seq<akka.http.scaladsl.model.HttpHeader> headers() {
    return headers;
  }

  public boolean isHead() {
    return method.equals(HttpMethods.HEAD);
  }

  /** The length of the body, or {@link #CHUNKED}. */
  public long length() {
    return length;
  }

  /** Whether it is of HTTP/1.0. */
  public boolean isHttp10() {
    return http10;
  }

  public boolean expectsContinue() {
    return expectsContinue;
  }

  public Behind behind() {
    return behind;
  }

  /** Whether the connection is to become a tunnel, or, over HTTP/2, the stream. */
  public boolean wantsTunnel() {
    return behind == Behind.PERHAPS_ANOTHER_PROTOCOL;
  }

  /** The status that answers a request which is not well-formed; null if it is. */
  public @Nullable StatusCode refusal() {
    return refusal;
  }

  public void setTrailers(List<HttpHeader> fields) {
    trailers = fields;
  }

  /** The client's request: Akka HTTP's knowledge of the body, and all else as it was sent. */
  public HttpRequest of(HttpRequest parsed) {
    HttpRequest request = ((akka.http.scaladsl.model.HttpRequest) parsed).withHeaders(headers);
    if (!method.equals(parsed.method())) {
      request = request.withMethod(method);
    }
    return withTrailers(request);
  }

  /** The same request, which knows its {@link #trailers} when they are there. */
  public HttpRequest withTrailers(HttpRequest request) {
    return length == CHUNKED ? request.addAttribute(KEY, this) : request;
  }
}
