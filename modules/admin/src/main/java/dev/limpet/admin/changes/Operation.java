package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCode;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.admin.http.Call;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Something that a request, or a part of a batch, can change. */
interface Operation {

  /**
   * The answer once it is done.
   *
   * @param status where a majority of the nodes has it in its journals
   * @param location of what was made; empty where nothing was
   * @param tag of what was changed
   * @param body its members, by what there is then
   */
  record Answer(
      StatusCode status,
      Optional<String> location,
      Function<Site, Optional<String>> tag,
      Function<Site, Map<String, Object>> body) {}

  /**
   * Adds what it changes to a plan.
   *
   * @param body missing where the request has none
   * @param match what its sender takes for the newest
   * @throws dev.limpet.admin.http.Problem where it cannot be
   */
  Answer plan(Call call, JsonNode body, Optional<Tag.Match> match, Plan plan);
}
