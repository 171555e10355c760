package dev.limpet.admin.page;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.Problem;
import dev.limpet.dashboard.DashboardFiles;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;

/**
 * The endpoints of the dashboard's files. These tell nothing of the cluster, and everybody whom the
 * networks let in may have them; what the page shows it asks the API for, with its user's token.
 */
public final class DashboardPage {

  /** No file of another host, nothing that stands in the page itself, and no page around it. */
  private static final String POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " object-src 'none'; require-trusted-types-for 'script'";

  private static final List<HttpHeader> SECURITY =
      List.of(
          RawHeader.create("Content-Security-Policy", POLICY),
          RawHeader.create("X-Content-Type-Options", "nosniff"),
          RawHeader.create("X-Frame-Options", "DENY"),
          RawHeader.create("Referrer-Policy", "no-referrer"),
          RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"),
          RawHeader.create("Cross-Origin-Resource-Policy", "same-origin"),
          RawHeader.create("Vary", "Accept-Encoding"));

  private DashboardPage() {}

  /** The page, and what it consists of. */
  public static List<Endpoint> endpoints() {
    return List.of(
        file("/", call -> page(call.request())), file("/assets/{file}", DashboardPage::part));
  }

  private interface Answer {
    HttpResponse to(Call call);
  }

  private static Endpoint file(String path, Answer answer) {
    return new Endpoint(
        HttpMethods.GET,
        path,
        Access.PAGE,
        Set.of(),
        call -> CompletableFuture.completedFuture(answer.to(call)));
  }

  /** Browsers ask each time whether it is another one by now. */
  private static HttpResponse page(HttpRequest request) {
    DashboardFiles.Entry page =
        DashboardFiles.find(DashboardFiles.PAGE)
            .orElseThrow(
                () ->
                    new Problem(
                        StatusCodes.NOT_FOUND,
                        "this build has no dashboard: Maven makes it, in modules/dashboard"));
    CRC32 sum = new CRC32();
    sum.update(page.content());
    String tag = "\"%08x\"".formatted(sum.getValue());
    HttpResponse response =
        said(request, "if-none-match").contains(tag)
            ? HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED).addHeaders(SECURITY)
            : response(request, page);
    return response
        .addHeader(RawHeader.create("ETag", tag))
        .addHeader(RawHeader.create("Cache-Control", "no-cache"));
  }

  private static HttpResponse part(Call call) {
    DashboardFiles.Entry part =
        DashboardFiles.find(call.variable("file"))
            .filter(file -> !file.name().equals(DashboardFiles.PAGE))
            .orElseThrow(
                () ->
                    new Problem(
                        StatusCodes.NOT_FOUND,
                        "the dashboard has no such file; of another version, perhaps"));
    return response(call.request(), part)
        .addHeader(RawHeader.create("Cache-Control", "public, max-age=31536000, immutable"));
  }

  private static HttpResponse response(HttpRequest request, DashboardFiles.Entry file) {
    boolean gzip = said(request, "accept-encoding").contains("gzip");
    HttpResponse response =
        HttpResponse.create()
            .withEntity(
                HttpEntities.create(type(file.type()), gzip ? file.gzipped() : file.content()))
            .addHeaders(SECURITY);
    return gzip ? response.addHeader(RawHeader.create("Content-Encoding", "gzip")) : response;
  }

  private static ContentType type(String type) {
    return type.equals("image/svg+xml")
        ? ContentTypes.create(MediaTypes.IMAGE_SVG_XML)
        : ContentTypes.parse(type + "; charset=" + HttpCharsets.UTF_8.value());
  }

  private static String said(HttpRequest request, String header) {
    return request.getHeader(header).map(HttpHeader::value).orElse("");
  }
}
