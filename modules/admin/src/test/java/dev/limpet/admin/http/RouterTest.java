package dev.limpet.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.model.settings.Admin;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {

  private static final Caller CALLER = new Caller("ops", Admin.Role.ADMIN, "10.0.0.9", true, "");

  private static final Router ROUTER =
      new Router(
          List.of(
              endpoint(HttpMethods.GET, "/changes/export"),
              endpoint(HttpMethods.GET, "/changes/{id}"),
              endpoint(HttpMethods.POST, "/changes/{id}/undo"),
              endpoint(HttpMethods.GET, "/upstreams/{upstream}/servers", "dry-run"),
              endpoint(HttpMethods.POST, "/upstreams/{upstream}/servers"),
              endpoint(HttpMethods.PATCH, "/upstreams/{upstream}/servers/{id}"),
              endpoint(HttpMethods.GET, "/routes/{route}/shares")));

  @ParameterizedTest
  @CsvSource({
    "GET, /changes/export, '/changes/export', ''",
    "HEAD, /changes/7, '/changes/{id}', 7",
    "POST, /changes/7/undo, '/changes/{id}/undo', 7",
    "PATCH, /upstreams/app/servers/10.0.0.5:80, '/upstreams/{upstream}/servers/{id}', 'app, 10.0.0.5:80'",
    "PATCH, /upstreams/app/servers/app/10.0.0.5:80, '/upstreams/{upstream}/servers/{id}', 'app, app/10.0.0.5:80'",
    "PATCH, /upstreams/app/servers/app%2F10.0.0.5%3a80, '/upstreams/{upstream}/servers/{id}', 'app, app/10.0.0.5:80'",
    "PATCH, /upstreams/app/servers/%5B::1%5D:80, '/upstreams/{upstream}/servers/{id}', 'app, [::1]:80'",
    "PATCH, /upstreams/app/servers/a+b%2Bc, '/upstreams/{upstream}/servers/{id}', 'app, a+b+c'",
    "GET, /routes/%3D%20%2Fcart/shares, '/routes/{route}/shares', '= /cart'",
    "GET, /routes//cart/shares, '/routes/{route}/shares', '/cart'",
  })
  void findsTheEndpoint(String method, String path, String endpoint, String variables) {
    Call call = ROUTER.call(request(method, path), CALLER);
    assertThat(call.endpoint().path()).isEqualTo(endpoint);
    assertThat(String.join(", ", call.path().values())).isEqualTo(variables);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /change, 404, ''",
    "GET, /changes/, 404, ''",
    "GET, /upstreams/a/b/servers, 404, ''",
    "DELETE, /upstreams/app/servers, 405, 'GET, POST, HEAD'",
    "OPTIONS, /upstreams/app/servers/x, 405, 'PATCH'",
    "PUT, /changes/export, 405, 'GET, HEAD'",
  })
  void saysWhatThereIs(String method, String path, int status, String allowed) {
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> ROUTER.call(request(method, path), CALLER))
        .satisfies(
            problem -> {
              HttpResponse response = problem.response();
              assertThat(response.status().intValue()).isEqualTo(status);
              assertThat(response.getHeader("Allow").map(h -> h.value()).orElse(""))
                  .isEqualTo(allowed);
            });
  }

  @Test
  void parametersThatItDoesNotKnowAreNotPassedOver() {
    String servers = "/upstreams/app/servers";
    assertThat(ROUTER.call(request("GET", servers + "?dry-run=true"), CALLER).flag("dry-run"))
        .isTrue();
    assertThat(ROUTER.call(request("GET", servers + "?dry-run"), CALLER).flag("dry-run")).isTrue();
    assertThat(ROUTER.call(request("GET", servers), CALLER).flag("dry-run")).isFalse();
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> ROUTER.call(request("GET", servers + "?dryrun=true"), CALLER))
        .withMessageContaining("did you mean \"dry-run\"?");
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(
            () -> ROUTER.call(request("GET", servers + "?dry-run=true&dry-run=false"), CALLER))
        .withMessageContaining("twice");
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(
            () -> ROUTER.call(request("GET", servers + "?dry-run=1"), CALLER).flag("dry-run"))
        .withMessageContaining("true or false, not \"1\"");
  }

  private static HttpRequest request(String method, String target) {
    HttpMethod named = HttpMethods.lookup(method).orElseThrow();
    return HttpRequest.create(target).withMethod(named);
  }

  private static Endpoint endpoint(HttpMethod method, String path, String... query) {
    return new Endpoint(
        method,
        path,
        Access.READ,
        Set.of(query),
        call -> CompletableFuture.completedFuture(HttpResponse.create()));
  }
}
