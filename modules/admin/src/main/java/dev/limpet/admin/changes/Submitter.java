package dev.limpet.admin.changes;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import dev.limpet.admin.http.Call;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.ChangeRegistry.Conflict;
import dev.limpet.model.changes.ChangeRegistry.Outcome;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Overlay;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at what would come of a plan, and makes a change of it. */
final class Submitter {

  private static final Logger LOG = LoggerFactory.getLogger(Submitter.class);

  private static final int LONGEST_COMMENT = 500;

  /**
   * @param held nodes that have a change in their journals
   * @param majority of all nodes
   */
  private record Durability(int held, int majority) {}

  private final ChangeRegistry registry;
  private final Candidates candidates;
  private final Supplier<Site> sites;

  Submitter(ChangeRegistry registry, Candidates candidates, Supplier<Site> sites) {
    this.registry = registry;
    this.candidates = candidates;
    this.sites = sites;
  }

  /**
   * Makes a change of a plan, or with {@code ?dry-run=true} says what would come of it.
   *
   * @param undoes the id of the change that it takes back
   */
  CompletionStage<HttpResponse> submit(
      Call call, Plan plan, Optional<String> undoes, Operation.Answer answer) {
    String comment = comment(call);
    boolean dry = call.flag("dry-run");
    Site planned = plan.site();
    return preview(plan)
        .thenCompose(
            preview -> {
              plan.throwIfWrong(preview);
              if (plan.isEmpty()) {
                return CompletableFuture.completedFuture(
                    JsonResponses.json(StatusCodes.OK, answer.body().apply(planned)));
              }
              if (dry) {
                return CompletableFuture.completedFuture(
                    dryRun(planned, preview.changes(), answer));
              }
              return change(call, plan, comment, undoes)
                  .thenApply(outcome -> made(call, outcome, answer));
            });
  }

  private CompletionStage<Candidates.Outcome> preview(Plan plan) {
    return plan.isEmpty()
        ? CompletableFuture.completedFuture(
            new Candidates.Outcome(Optional.empty(), List.of(), List.of(), List.of()))
        : candidates.preview(plan.site().overlay());
  }

  private CompletionStage<Outcome> change(
      Call call, Plan plan, String comment, Optional<String> undoes) {
    return registry
        .submit(
            new Draft(
                call.caller().name(),
                call.caller().address(),
                comment,
                undoes,
                plan.edits(),
                plan.expected()))
        .exceptionally(
            failure -> {
              throw refused(failure, plan.isConditional());
            });
  }

  private Problem refused(Throwable failure, boolean conditional) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Conflict conflict) {
      return conflict(conflict, conditional);
    }
    return new Problem(StatusCodes.SERVICE_UNAVAILABLE, String.valueOf(cause.getMessage()))
        .kind("not-kept", "No node could write it down");
  }

  /**
   * The problem of a change that is in the way.
   *
   * @param conditional whether the request has an If-Match
   */
  Problem conflict(Conflict conflict, boolean conditional) {
    String change = conflict.change();
    String detail =
        conflict.getMessage() + registry.find(change).map(other -> ": " + said(other)).orElse("");
    return conditional
        ? new Problem(StatusCodes.PRECONDITION_FAILED, detail)
            .kind("stale", "It has been changed meanwhile")
            .with("change", change)
        : new Problem(StatusCodes.CONFLICT, detail)
            .kind("conflict", "Something else is in the way")
            .with("change", change);
  }

  /** The problem of an If-Match that is for something older: who has changed it since, and when. */
  Problem stale(Plan.Stale stale) {
    Overlay overlay = registry.overlay();
    Optional<Overlay.Value> newest =
        overlay.within(stale.path).values().stream()
            .max(Comparator.comparingLong(Overlay.Value::version));
    boolean file =
        newest.isEmpty()
            || stale.match.tags().stream().anyMatch(tag -> Tag.sameVersion(tag, stale.tag));
    Problem problem;
    if (file) {
      problem =
          new Problem(
              StatusCodes.PRECONDITION_FAILED,
              stale.path
                  + " is not what If-Match is for: the settings file says something else now");
    } else {
      Optional<Change> change = newest.flatMap(value -> registry.find(value.change()));
      problem =
          new Problem(
              StatusCodes.PRECONDITION_FAILED,
              stale.path
                  + " has been changed"
                  + change.map(by -> ": " + said(by)).orElse(" by " + newest.get().change()));
      problem.with("change", newest.get().change());
    }
    return problem
        .kind("stale", "It has been changed meanwhile")
        .with(RawHeader.create("ETag", stale.tag));
  }

  private static String said(Change change) {
    String who = change.who().isEmpty() ? "somebody" : change.who();
    return "%s at %s, %s (%s)"
        .formatted(
            who,
            change.from(),
            Instant.ofEpochMilli(change.time()),
            Sentences.inOne(change.steps()));
  }

  private static HttpResponse dryRun(Site planned, List<String> changes, Operation.Answer answer) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("dry-run", true);
    body.put("changes", changes);
    body.putAll(answer.body().apply(planned));
    return JsonResponses.json(StatusCodes.OK, body);
  }

  private HttpResponse made(Call call, Outcome outcome, Operation.Answer answer) {
    Change change = outcome.change();
    LOG.info(
        "{} {} (change {}, nodes that hold it: {})",
        call.caller(),
        Sentences.inOne(change.steps()),
        change.id(),
        outcome.held());
    Site now = sites.get();
    Map<String, Object> body = new LinkedHashMap<>(answer.body().apply(now));
    body.put("change", change.id());
    body.put("durability", new Durability(outcome.held(), outcome.majority()));
    HttpResponse response =
        JsonResponses.json(outcome.durable() ? answer.status() : StatusCodes.ACCEPTED, body);
    Optional<String> location =
        answer.location().map(place -> place.replace(Answers.CHANGE, change.id()));
    if (location.isPresent()) {
      response = response.addHeader(RawHeader.create("Location", location.get()));
    }
    Optional<String> tag = answer.tag().apply(now);
    return tag.isPresent() ? Answers.tagged(response, tag.get()) : response;
  }

  private static String comment(Call call) {
    String comment = call.parameter("comment").orElse("").strip();
    if (comment.length() > LONGEST_COMMENT
        || comment.chars().anyMatch(c -> Character.isISOControl(c))) {
      throw new Problem(
          StatusCodes.BAD_REQUEST,
          "a comment is one line of %d characters at most".formatted(LONGEST_COMMENT));
    }
    return comment;
  }
}
