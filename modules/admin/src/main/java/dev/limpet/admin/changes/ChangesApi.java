package dev.limpet.admin.changes;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.Endpoint;
import dev.limpet.admin.http.JsonBody;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.state.ServerState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The endpoints that change servers and routes, and those that show what was changed. */
public final class ChangesApi {

  /**
   * The node as these endpoints see it.
   *
   * @param live what the cluster knows of servers, by upstream
   * @param active requests and tunnels under way at each server, from this node
   * @param millis the cluster's time
   */
  public record Surroundings(
      ChangeRegistry registry,
      Candidates candidates,
      Supplier<Map<String, List<ServerState>>> live,
      Supplier<Map<ServerId, Integer>> active,
      LongSupplier millis) {}

  private static final Set<String> OF_WRITES = Set.of("dry-run", "comment");

  private final ActorSystem<?> system;
  private final Surroundings node;
  private final Submitter submitter;
  private final History history;
  private final Map<Endpoint, Operation> operations = new LinkedHashMap<>();
  private final Batch batch;

  public ChangesApi(ActorSystem<?> system, Surroundings node) {
    this.system = system;
    this.node = node;
    this.submitter = new Submitter(node.registry(), node.candidates(), this::site);
    this.history = new History(node.registry(), node.millis());
    operation(HttpMethods.POST, Servers.ALL, Servers::add);
    operation(HttpMethods.PATCH, Servers.ONE, Servers::change);
    operation(HttpMethods.DELETE, Servers.ONE, Servers::remove);
    operation(HttpMethods.PATCH, Routes.SHARES, Routes::change);
    this.batch = new Batch(operations, submitter::stale);
  }

  /** What a change does, without its subject: {@code sets app/a to drain}. */
  public static String summary(Change change) {
    return Sentences.inOne(change.steps());
  }

  /** All of them. */
  public List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    all.add(look("/api/v1/upstreams", Set.of(), call -> Servers.upstreams(site())));
    all.add(look(Servers.ALL, Set.of(), call -> Servers.list(call, site())));
    all.add(look(Servers.ONE, Set.of(), call -> Servers.get(call, site())));
    all.add(look(Routes.ALL, Set.of(), call -> Routes.list(site())));
    all.add(look(Routes.SHARES, Set.of(), call -> Routes.get(call, site())));
    all.add(look(History.ALL, History.PARAMETERS, history::list));
    all.add(look(History.ALL + "/export", Set.of(), call -> export()));
    all.add(look(History.ONE, Set.of(), history::get));
    all.addAll(operations.keySet());
    all.add(write(Reversals.DISCARD, Access.ADMIN, this::discard));
    all.add(write(Reversals.UNDO, Access.WRITE, this::undo));
    all.add(
        write(
            Batch.PATH,
            Access.WRITE,
            call ->
                JsonBody.read(call.request(), system)
                    .thenCompose(
                        body -> submit(call, (match, plan) -> batch.plan(call, body, plan)))));
    return all;
  }

  private static Endpoint look(
      String path, Set<String> query, Function<Call, HttpResponse> answer) {
    return new Endpoint(
        HttpMethods.GET,
        path,
        Access.READ,
        query,
        call -> CompletableFuture.completedFuture(answer.apply(call)));
  }

  private static Endpoint write(String path, Access access, Endpoint.Handler handler) {
    return new Endpoint(HttpMethods.POST, path, access, OF_WRITES, handler);
  }

  private void operation(HttpMethod method, String path, Operation operation) {
    operations.put(
        new Endpoint(method, path, Access.WRITE, OF_WRITES, call -> operate(call, operation)),
        operation);
  }

  private CompletionStage<HttpResponse> operate(Call call, Operation operation) {
    if (call.request().method().equals(HttpMethods.DELETE)) {
      return submit(
          call, (match, plan) -> operation.plan(call, withoutBody(call.request()), match, plan));
    }
    return JsonBody.read(call.request(), system)
        .thenCompose(
            body -> submit(call, (match, plan) -> operation.plan(call, body, match, plan)));
  }

  private CompletionStage<HttpResponse> submit(
      Call call, BiFunction<Optional<Tag.Match>, Plan, Operation.Answer> planning) {
    return submit(call, Optional.empty(), planning);
  }

  private CompletionStage<HttpResponse> submit(
      Call call,
      Optional<String> undoes,
      BiFunction<Optional<Tag.Match>, Plan, Operation.Answer> planning) {
    Plan plan = new Plan(site(), node.millis().getAsLong());
    Operation.Answer answer;
    try {
      answer = planning.apply(match(call.request()), plan);
    } catch (Plan.Stale e) {
      throw submitter.stale(e);
    } catch (ChangeRegistry.Conflict e) {
      throw submitter.conflict(e, plan.isConditional());
    }
    return submitter.submit(call, plan, undoes, answer);
  }

  private CompletionStage<HttpResponse> undo(Call call) {
    withoutBody(call.request());
    Change change = history.find(call.variable("id"));
    return submit(
        call,
        Optional.of(change.id()),
        (match, plan) -> Reversals.undo(change, match, node.registry(), plan));
  }

  private CompletionStage<HttpResponse> discard(Call call) {
    withoutBody(call.request());
    return submit(call, (match, plan) -> Reversals.discard(plan));
  }

  private HttpResponse export() {
    return HttpResponse.create()
        .withEntity(
            ContentTypes.TEXT_PLAIN_UTF8, node.candidates().export(node.registry().overlay()));
  }

  private JsonNode withoutBody(HttpRequest request) {
    JsonBody.discard(request, system);
    return MissingNode.getInstance();
  }

  private Site site() {
    return new Site(
        node.candidates().file(),
        node.registry().overlay(),
        node.live().get(),
        node.active().get());
  }

  private static Optional<Tag.Match> match(HttpRequest request) {
    List<String> values = new ArrayList<>();
    for (HttpHeader header : request.getHeaders()) {
      if (header.is("if-match")) {
        values.add(header.value());
      }
    }
    return Tag.Match.read(
        values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values)));
  }
}
