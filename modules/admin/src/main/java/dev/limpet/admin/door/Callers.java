package dev.limpet.admin.door;

import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.RemoteAddress;
import akka.http.javadsl.model.SslSessionInfo;
import akka.http.javadsl.model.StatusCode;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import dev.limpet.admin.door.Refusals.Reason;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Caller;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.certificates.PemFiles;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.Admin.Role;
import dev.limpet.model.settings.TokensFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The check of who may ask the admin listener for what: by networks, tokens and certificates, as
 * the settings and their files stood when this was made. Safe for threads.
 */
final class Callers {

  private static final String BEARER = "bearer ";
  private static final InetAddress UNKNOWN = InetAddress.getLoopbackAddress();

  private final Admin settings;
  private final CallerCheck pages;
  private final List<Admin.Token> tokens;
  private final @Nullable ListenerTls tls;
  private final Refusals refusals;
  private final FailedAttempts attempts;

  private Callers(
      Admin settings,
      String node,
      List<Admin.Token> tokens,
      @Nullable ListenerTls tls,
      Refusals refusals,
      FailedAttempts attempts) {
    this.settings = settings;
    this.pages = new CallerCheck(settings, node);
    this.tokens = tokens;
    this.tls = tls;
    this.refusals = refusals;
    this.attempts = attempts;
  }

  /**
   * Reads the files that the settings name.
   *
   * @param node this one's name
   * @throws IOException names the file and what is wrong with it
   */
  static Callers read(Admin settings, String node, Refusals refusals, FailedAttempts attempts)
      throws IOException {
    List<Admin.Token> tokens = new ArrayList<>(settings.tokens());
    if (settings.tokensFile().isPresent()) {
      Path file = settings.tokensFile().get();
      try {
        tokens.addAll(TokensFile.parse(new String(PemFiles.read(file), StandardCharsets.UTF_8)));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      }
    }
    ListenerTls tls = settings.tls().isPresent() ? ListenerTls.read(settings.tls().get()) : null;
    return new Callers(settings, node, List.copyOf(tokens), tls, refusals, attempts);
  }

  /**
   * The server's side of a new connection's TLS.
   *
   * @throws IllegalStateException where the settings have no TLS
   */
  SSLEngine engine() {
    if (tls == null) {
      throw new IllegalStateException("admin.tls is not set");
    }
    return tls.engine();
  }

  /**
   * @param access what the request takes
   */
  Admission admit(HttpRequest request, Access access) {
    if (access == Access.ANYONE) {
      return new Admission.Admitted(caller(request, "", Role.READ, UNKNOWN, false));
    }
    Optional<InetAddress> from =
        request.getAttribute(AttributeKeys.remoteAddress).flatMap(RemoteAddress::getAddress);
    InetAddress address = from.orElse(UNKNOWN);
    if (!isAllowed(from)) {
      return refused(
          Reason.NETWORK,
          address,
          StatusCodes.FORBIDDEN,
          address.getHostAddress() + " is in none of the networks of admin.allow");
    }
    HttpResponse ofPage = pages.refusal(request);
    if (ofPage != null) {
      refusals.count(Reason.PAGE, address);
      return new Admission.Refused(ofPage, Duration.ZERO);
    }
    if (!settings.asksWho()
        || access == Access.PAGE
        || (settings.metricsOpen() && access == Access.METRICS)) {
      return new Admission.Admitted(
          caller(
              request, CallerCheck.said(request, "user").orElse(""), Role.ADMIN, address, false));
    }
    Role needed = role(access);
    String authorization = request.getHeader("authorization").map(HttpHeader::value).orElse("");
    if (authorization.isEmpty()) {
      return byCertificate(request, needed, address);
    }
    if (attempts.isExhausted(address)) {
      return tooMany(address);
    }
    Admin.Token token = find(authorization);
    return token == null
        ? unauthorized(
            Reason.TOKEN, address, attempts.failed(address), "the token is none that is let in")
        : admit(caller(request, token.name(), token.role(), address, true), needed, address);
  }

  private Admission byCertificate(HttpRequest request, Role needed, InetAddress address) {
    X509Certificate shown = shown(request);
    if (tls == null || shown == null) {
      return unauthorized(
          Reason.NO_TOKEN,
          address,
          Duration.ZERO,
          "no token: send Authorization: Bearer, with a token that limpet token has made");
    }
    ListenerTls.Client client = tls.client(shown);
    return client.role().isPresent()
        ? admit(
            caller(request, client.subject(), client.role().get(), address, true), needed, address)
        : refused(
            Reason.CERTIFICATE,
            address,
            StatusCodes.FORBIDDEN,
            "the certificate of " + client.subject() + " is none of admin.tls.clients");
  }

  private static @Nullable X509Certificate shown(HttpRequest request) {
    SSLSession session =
        request.getAttribute(AttributeKeys.sslSession).map(SslSessionInfo::getSession).orElse(null);
    try {
      return session != null
              && session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? certificate
          : null;
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  private Admission admit(Caller caller, Role needed, InetAddress address) {
    return caller.role().covers(needed)
        ? new Admission.Admitted(caller)
        : refused(
            Reason.ROLE,
            address,
            StatusCodes.FORBIDDEN,
            "%s has the role %s, and this takes %s"
                .formatted(caller.name(), word(caller.role()), word(needed)));
  }

  private static Role role(Access access) {
    return switch (access) {
      case ANYONE, PAGE, METRICS, READ -> Role.READ;
      case WRITE -> Role.WRITE;
      case ADMIN -> Role.ADMIN;
    };
  }

  private boolean isAllowed(Optional<InetAddress> from) {
    return settings.allow().isEmpty()
        || (from.isPresent()
            && settings.allow().stream().anyMatch(network -> network.contains(from.get())));
  }

  /** Compares with all of them, however soon one fits. */
  private Admin.@Nullable Token find(String authorization) {
    if (!authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return null;
    }
    TokenHash shown = TokenHash.of(authorization.substring(BEARER.length()).strip()).orElse(null);
    Admin.Token found = null;
    for (Admin.Token token : tokens) {
      found = token.hash().equals(shown) ? token : found;
    }
    return found;
  }

  private static Caller caller(
      HttpRequest request, String name, Role role, InetAddress address, boolean proven) {
    return new Caller(
        name,
        role,
        address.getHostAddress(),
        proven,
        CallerCheck.said(request, "origin").orElse(""));
  }

  private Admission unauthorized(Reason reason, InetAddress address, Duration hold, String why) {
    refusals.count(reason, address);
    return new Admission.Refused(
        JsonResponses.error(StatusCodes.UNAUTHORIZED, why)
            .addHeader(RawHeader.create("WWW-Authenticate", "Bearer realm=\"limpet\"")),
        hold);
  }

  private Admission tooMany(InetAddress address) {
    refusals.count(Reason.TOO_MANY, address);
    return new Admission.Refused(
        JsonResponses.error(
                StatusCodes.TOO_MANY_REQUESTS,
                "too many wrong tokens have come from " + address.getHostAddress())
            .addHeader(
                RawHeader.create(
                    "Retry-After", Long.toString(FailedAttempts.LONGEST_HOLD.toSeconds()))),
        Duration.ZERO);
  }

  private Admission refused(Reason reason, InetAddress address, StatusCode status, String why) {
    refusals.count(reason, address);
    return new Admission.Refused(JsonResponses.error(status, why), Duration.ZERO);
  }

  private static String word(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
